"""What supervisors keep of their own growth, for themselves."""

from privacy.policy.kinds import CODE, PORTFOLIO

KEPT = {
    "portfolio.Training": {"owner programme provider verified_by": PORTFOLIO},
    "portfolio.Standing": {"owner": PORTFOLIO},
    "portfolio.Experience": {"owner what": PORTFOLIO},
    "portfolio.Spoken": {"owner name": PORTFOLIO},
    "portfolio.Guideline": {"owner title link": PORTFOLIO},
    "portfolio.Commitment": {"owner version title link": PORTFOLIO},
    "portfolio.LogEntry": {"owner title whom note": PORTFOLIO},
    "portfolio.KeptFile": {"owner name": PORTFOLIO, "media_type": CODE},
    "portfolio.KeptContent": {"sealed": PORTFOLIO},
    "portfolio.Choice": {"owner parts": PORTFOLIO},
    "portfolio.Case": {"author sealed": PORTFOLIO},
}
