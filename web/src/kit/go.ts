import type { RouteLocationRaw, Router } from 'vue-router'

let router: Router | null = null

/** The router hands itself over here, so that code outside a component can go somewhere without knowing the routes' file. */
export function goWith(given: Router): void {
  router = given
}

export function go(to: RouteLocationRaw, replacing = false): void {
  void (replacing ? router?.replace(to) : router?.push(to))
}
