/** Addresses that more than one feature leads to. */
export const paths = {
  conversation: (stream: string): string => `/chats/${stream.slice(stream.indexOf(':') + 1)}`,
  person: (id: number): string => `/people/person/${id}`,
  unit: (id: number): string => `/people/unit/${id}`,
  notice: (id: number): string => `/notices/${id}`,
}
