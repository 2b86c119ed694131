"""Which checks of the gate mean nothing after which kind of change to a picture.

They compare what an edit marked with what differs from the parent, pixel by pixel.
"""

CHANGES_ELSEWHERE = ("outside_frac",)
"""It changes pixels that nothing is marked at: light, dirt."""

HIDES = (*CHANGES_ELSEWHERE, "idle_frac")
"""It also may take back what a defect changed: blur, noise, coding."""

OUTSHINES = (*HIDES, "defect_saturated_frac", "defect_depth_frac")
"""It may also burn out what lies beneath: glare."""

MOVES = (*OUTSHINES, "seam_ratio", "object_frac", "defect_contrast")
"""It moves pixels: no pixel can be laid beside the parent's any more."""
