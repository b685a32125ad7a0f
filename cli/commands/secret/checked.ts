import { quote } from '../../../lib/environment/words';
import { WrongUse } from '../../failures';

/** Checks what the command line says, if it says it. @throws WrongUse with the value and what is wrong with it. */
export function checked(what: string, value: string | undefined, faultOf: (value: string) => string | undefined): void {
  const fault = value === undefined ? undefined : faultOf(value);
  if (fault !== undefined) throw new WrongUse(`${what} ${quote(value)} ${fault}.`);
}
