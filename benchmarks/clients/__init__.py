"""Programs that take pictures from an image service, each to be weighed: BASE_URL FOLDER CALLS PICTURES_A_CALL.

Call 7 asks for «picture 28» when there are 4 pictures a call, and its pictures stand in FOLDER/7 as 0, 1, 2 and 3.
"""
