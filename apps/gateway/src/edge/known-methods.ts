/** Which methods each route knows, to tell an unknown address (404) from a wrong method (405). */
export type KnownMethods = {
  /** A route in Fastify's syntax: `/v1/projects/:project`. */
  readonly add: (method: string | readonly string[], route: string) => void;
  /** The methods of the routes that this path fits, sorted; none: nobody knows the path. */
  readonly at: (path: string) => readonly string[];
};

export function knownMethods(): KnownMethods {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  return {
    add(method, route) {
      const known = routes.get(route) ?? { pattern: patternOf(route), methods: new Set<string>() };
      for (const one of [method].flat()) known.methods.add(one);
      routes.set(route, known);
    },
    at(path) {
      const methods = [...routes.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods: own }) => [...own]);
      return [...new Set(methods)].sort();
    },
  };
}

function patternOf(route: string): RegExp {
  const parts = route.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
