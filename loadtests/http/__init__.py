"""The HTTP client of the crowd: sockets of its own under Locust's interface."""
