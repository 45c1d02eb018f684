"""Programs that take pictures from an image service, each to be weighed: BASE_URL FOLDER MEMBERS PICTURES_EACH.

Member 7 asks for «picture 28» when there are 4 pictures each, and the pictures stand in FOLDER/7 as 0, 1, 2 and 3. All
members ask at once: for all of their pictures in one call, or, with `--stream`, in one streamed call after the other.
"""
