// placeholder
import type { Saga } from './saga.ts';
export class SagaOperations {
  constructor(host: { read: (saga: Saga, key: string) => unknown; bus: unknown }) {
    void host;
  }
}
