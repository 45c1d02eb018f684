"""What comes back, read while it arrives: pictures to the disk, everything else small."""
