"""How fast Paperboy is: `python -m benchmarks [NAME …]`; the figures stand in docs/performance.md."""
