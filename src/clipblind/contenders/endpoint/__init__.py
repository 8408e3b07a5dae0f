"""What talking to an OpenAI-compatible server takes: requests, their pace, and what goes wrong."""
