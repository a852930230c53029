import { board } from '../board'
import { chat } from '../chat'
import { favourites } from '../favourites'
import { me } from '../me'
import { notices } from '../notices'
import { people } from '../people'
import { search } from '../search'
import { policyPages } from '../policies'
import { text } from '../text'
import type { Feature } from './feature'

/** Every feature of the client. To add one: its folder with an `index.ts`, and a line here. */
export const features: Feature[] = [chat, notices, board, people, search, favourites, me, policyPages, text]

export const reducers = Object.assign({}, ...features.map((feature) => feature.reducers ?? {})) as Required<Feature>['reducers']
