"""Visual patterns of questions: from people, from a judge's votes, or from truth."""
