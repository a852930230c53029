"""The organisation: units, people, the positions they hold, and the rights and audiences that follow from these.

It knows who is who and who may do what. It does not know passwords (accounts) nor conversations (chat): whoever needs
to act on a change follows `org.changed` in the stream `org`.
"""

from dianmai.org.audiences import AudiencePerson, audience_people, preview_audience
from dianmai.org.by_code import by_code
from dianmai.org.choosing import positions
from dianmai.org.date_turned import job as date_turned
from dianmai.org.duties import Responsible, duties, duty_holders, responsible, set_duties, set_duty_holder
from dianmai.org.finding import find, find_among, leading_among, people_below, positions_fitting
from dianmai.org.hr_sync.importing import import_hr, import_operations
from dianmai.org.people import (
    activate,
    anybody,
    briefs,
    card,
    people_named,
    person,
    person_numbered,
    person_row,
    plain_number,
)
from dianmai.org.policies import get_policies, is_one_of, policies, policies_in, set_policies
from dianmai.org.rights import administers, may, require_authority, require_right, rights_of
from dianmai.org.seats import PositionHeld, Seat, positions_held, seated_in, seats
from dianmai.org.store import HeldRow, held
from dianmai.org.units import children, line, unit, units_below, units_by_id

operations = [
    unit,
    person,
    find,
    by_code,
    positions,
    preview_audience,
    get_policies,
    set_policies,
    duties,
    set_duties,
    duty_holders,
    set_duty_holder,
]
jobs = [date_turned]

__all__ = [
    "AudiencePerson",
    "HeldRow",
    "PositionHeld",
    "Responsible",
    "Seat",
    "activate",
    "administers",
    "anybody",
    "audience_people",
    "briefs",
    "card",
    "children",
    "find_among",
    "held",
    "import_hr",
    "import_operations",
    "is_one_of",
    "jobs",
    "leading_among",
    "line",
    "may",
    "operations",
    "people_below",
    "people_named",
    "person_numbered",
    "person_row",
    "plain_number",
    "policies",
    "policies_in",
    "positions_fitting",
    "positions_held",
    "require_authority",
    "require_right",
    "responsible",
    "rights_of",
    "seated_in",
    "seats",
    "units_below",
    "units_by_id",
]
