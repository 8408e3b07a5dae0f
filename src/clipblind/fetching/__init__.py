"""What real studies need from elsewhere: where it lies, what is missing, how it is brought here."""
