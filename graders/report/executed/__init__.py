"""The executed notebook with each question's verdict next to its answer: as a notebook, and as a part of a page."""
