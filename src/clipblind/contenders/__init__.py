"""Who answers the questions: small LLaVAs that the study trains, and baselines."""
