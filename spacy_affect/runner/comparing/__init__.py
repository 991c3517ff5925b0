"""Two pipelines over one input: the rows on which they disagree most, for people to decide.

`measuring` says how far two values are apart, `ranking` reads the input once and keeps the rows at
the top, `exports` writes them down, also for annotation tools.
"""

from .measuring import Part, Twin, find_twins
from .ranking import OVERALL, Comparison, Item, Tally, compare

__all__ = ["OVERALL", "Comparison", "Item", "Part", "Tally", "Twin", "compare", "find_twins"]
