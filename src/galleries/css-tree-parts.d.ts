// The parts of css-tree that are used, with the types of the whole: the whole reads its lists of properties from files.

declare module 'css-tree/parser' {
  export { parse as default } from 'css-tree';
}
declare module 'css-tree/generator' {
  export { generate as default } from 'css-tree';
}
declare module 'css-tree/walker' {
  export { walk as default } from 'css-tree';
}
declare module 'css-tree/tokenizer' {
  /** Hands out the kind of each token and where it stands. */
  export function tokenize(css: string, onToken: (type: number, start: number, end: number) => void): void;
  export const tokenTypes: {
    readonly Function: 2;
    readonly LeftSquareBracket: 19;
    readonly RightSquareBracket: 20;
    readonly LeftParenthesis: 21;
    readonly RightParenthesis: 22;
    readonly LeftCurlyBracket: 23;
    readonly RightCurlyBracket: 24;
  };
}
