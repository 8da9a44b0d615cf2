"""The embedded sample: a generator of reasoning problems that knows the truth, and its makers."""
