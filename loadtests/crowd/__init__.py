"""A worker process: shoppers, the turnstile that lets them in, and the recorder that watches them."""
