/** Addresses that more than one feature leads to. */
export const paths = {
  conversation: (stream: string): string => `/chats/${stream.slice(stream.indexOf(':') + 1)}`,
  person: (id: number): string => `/people/person/${id}`,
  unit: (id: number): string => `/people/unit/${id}`,
  /** A group's card for who looks after it without being in it. */
  group: (stream: string): string => `/people/group/${stream.slice(stream.indexOf(':') + 1)}`,
  notice: (id: number): string => `/notices/${id}`,
}
