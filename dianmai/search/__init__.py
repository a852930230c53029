"""Search: one box over what was said and held. Features register what may be found of their entries (`findables`).

A follower writes the words of every entry into one index in which the conversation stands as a word, so that
permission narrows inside it; memberships decide again in the statement that searches. It knows no feature and no
person: who is who is given to it. Finding people and units is the organisation's (`org.find`).
"""

from dianmai.search.findable import Findable, Said
from dianmai.search.finding import Surroundings, operations
from dianmai.search.following import follower
from dianmai.search.matching import Wanted, wanted
from dianmai.search.reading_files import jobs

__all__ = ["Findable", "Said", "Surroundings", "Wanted", "follower", "jobs", "operations", "wanted"]
