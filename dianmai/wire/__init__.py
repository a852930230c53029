"""Every struct that crosses a door, one file per feature.

From these structs the TypeScript types and the OpenAPI document are generated (`bin/generate`).
Requests forbid unknown fields and give every string and list a limit; answers and events are only ever added to.
"""
