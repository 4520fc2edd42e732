"""Whether a service is better, the same or worse: after a change, or with one value of a label beside another.

Pure: arrays and frames in, frozen values out. Conclusions are valid however often one looks.
"""
