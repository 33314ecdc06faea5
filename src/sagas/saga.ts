// placeholder
export interface Saga {
  readonly kind: 'saga';
  readonly name: string;
}
