"""The VLM study: matching images and statements of twin pairs, pattern by pattern."""
