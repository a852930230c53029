"""The organisation: units, people, the positions they hold, and the rights and audiences that follow from these.

It knows who is who and who may do what. It does not know passwords (accounts) nor conversations (chat): whoever needs
to act on a change follows `org.changed` in the stream `org`.
"""

from dianmai.org.audiences import AudiencePerson, audience_people, preview_audience
from dianmai.org.choosing import positions
from dianmai.org.people import activate, briefs, card, person, person_numbered, person_row
from dianmai.org.rights import may, require_right, require_right_over, rights_of
from dianmai.org.units import children, line, unit, units_below

operations = [unit, person, positions, preview_audience]

__all__ = [
    "AudiencePerson",
    "activate",
    "audience_people",
    "briefs",
    "card",
    "children",
    "line",
    "may",
    "operations",
    "person_numbered",
    "person_row",
    "require_right",
    "require_right_over",
    "rights_of",
    "units_below",
]
