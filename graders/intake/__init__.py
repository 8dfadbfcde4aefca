"""From what an instructor gives, a folder or an archive, to one submission a student."""
