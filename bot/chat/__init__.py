"""The port: all that an adapter may import, and all that the core knows of chat platforms."""
