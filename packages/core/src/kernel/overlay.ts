/**
 * A device, or a program compiled on it, with some members replaced. The other members run on the original itself,
 * because a proxy has no access to its private fields.
 */
export function overlay<Whole extends object>(whole: Whole, members: Partial<Whole>): Whole {
  return new Proxy(whole, {
    get: (target, name) => {
      if (Object.hasOwn(members, name)) return members[name as keyof Whole]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
