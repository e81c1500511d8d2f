"""The way out: what is due, in which order, and what an error means. Start reading at `drain.py`."""
