"""Images to embeddings, at the speed of the hardware."""
