"""The rendered world: small scenes whose every factor is known."""
