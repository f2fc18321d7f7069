"""Lessons for Zalo and for paper: one tall picture, a preview, A5, A4, and guides.

`sheets` says what stands on a handout, from the same lesson as the page; `setting` turns it
into bytes with Typst and Pillow; `shelf` keeps what was made, one file for each lesson and
kind; `views` hands it out, and never for a lesson that is withdrawn.
"""
