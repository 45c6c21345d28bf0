"""What `zerohour init` writes for a shop of your own: the files as data, and one module that writes them."""
