"""Mixture of features: a small LLaVA fed by one frozen tower or by two (paper, section 4)."""
