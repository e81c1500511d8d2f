"""Slack: cards, commands, forms and App Home, over Socket Mode or HTTP."""
