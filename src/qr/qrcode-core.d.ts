// Types of the one function of npm's qrcode that is used: its encoder. The package's main file would bring its canvas and file writers along.

declare module 'qrcode/lib/core/qrcode.js' {
  interface EncodedModules {
    readonly size: number;
    /** 1: dark. */
    readonly data: Uint8Array;
    /** 1: part of a pattern or of the format, which no mask touches. */
    readonly reservedBit: Uint8Array;
  }

  /** A part of the text with its own way of being written. */
  type Segment = object;

  interface EncodedSymbol {
    readonly modules: EncodedModules;
    readonly version: number;
    readonly segments: readonly Segment[];
  }

  interface EncodingOptions {
    readonly errorCorrectionLevel: 'L' | 'M' | 'Q' | 'H';
    /** 0 to 7. */
    readonly maskPattern: number;
    readonly version?: number;
  }

  const encoder: { create(data: string | readonly Segment[], options: EncodingOptions): EncodedSymbol };
  export = encoder;
}
