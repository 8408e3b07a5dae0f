"""One file a chapter of the study: what `clipblind CHAPTER VERB` does, read files, work, write."""
