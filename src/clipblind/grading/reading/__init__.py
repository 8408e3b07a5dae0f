"""From an answer in words to the option it chooses."""
