"""The console: every question a form, every answer a panel, in a browser on this machine.

A desk (`desk`) shows forms and panels; two workers (`worker`) answer. No question has code of its own here.
"""
