// Made by bin/generate from dianmai/wire. Edit the structs there.

export * from './base'
export * from './errors'
export * from './files'
export * from './org'
export * from './access'
export * from './accounts'
export * from './chat'
export * from './sync'
export * from './notices'
export * from './search'
export * from './frames'
export * from './operations'
