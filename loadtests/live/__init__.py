"""What people watch while a run is on: Locust's web UI, the control room and the big screen, from one server."""
