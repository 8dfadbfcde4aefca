"""The class at a glance: what is known of each student in a few words, summed up, and as a page."""
