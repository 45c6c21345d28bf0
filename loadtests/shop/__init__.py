"""What the crowd knows of the shop: its URLs, its promises, and its administrative side."""
