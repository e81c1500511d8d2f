"""Paperboy: new research papers, delivered to the chat channels that asked for them."""

__version__ = "0.1.0"
