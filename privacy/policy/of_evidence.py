"""Keys, the evidence, and what this room keeps itself."""

from privacy.policy.kinds import ACCOUNT, CODE, DOER, EVIDENCE, HOLD, LOG_IN, NOTE, OBJECT, PERSON, RUN, SHARED

KEPT = {
    "audit.Entry": {"stream actor obj data": EVIDENCE, "event previous hash": CODE},
    "audit.Head": {"stream": EVIDENCE, "hash": CODE},
    "vault.VaultKey": {"owner public mark": ACCOUNT},
    "vault.Wrap": {"salt stretching sealed": ACCOUNT},
    "vault.Opening": {"id owner sealed device": LOG_IN},
    "vault.Tries": {"owner": LOG_IN},
    "vault.TextKey": {"author": NOTE, "engagement about": OBJECT},
    "vault.TextKeyWrap": {"reader by sealed": NOTE},
    "vault.ContentKey": {"owner sealed": SHARED},
    "vault.Erasure": {"obj": EVIDENCE},
    "privacy.Hold": {"person grounds": HOLD, "set_by lifted_by": DOER},
    "privacy.RetentionRun": {"counts": RUN},
    "privacy.Loose": {"person": PERSON},
    "privacy.Passage": {"transaction": CODE},
}
