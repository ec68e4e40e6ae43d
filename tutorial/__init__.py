"""What people run: the ``tutorial`` command. Its modules load when a command needs them."""
