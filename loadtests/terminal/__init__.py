"""What a person reads on a terminal: the live panel, plain lines, the verdict."""
