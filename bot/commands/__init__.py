"""What people can ask, declared and answered, a module a group; `dispatch.py` is the way in."""
