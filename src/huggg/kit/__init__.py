"""The small things everybody needs: one concept a file, none of them knows what a huggg is."""
