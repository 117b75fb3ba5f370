"""The kit: small concepts that all nouns share, one per file; none of them knows a huggg."""
