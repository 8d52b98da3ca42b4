// The shapes of the gallery inputs: types and limits that need no context, from which the OpenAPI document is made, too.
// What a text means (URLs, slugs, times, style sheets) is decided in gallery-input.ts and item-input.ts.

import * as z from 'zod';
import { textField } from '../core/text-field.ts';
import { linesFault, storableTextFault } from '../core/text-rules.ts';
import { maxUrlBytes } from '../links/destination.ts';
import { maxSlugLength } from '../links/slug.ts';
import { maxCssBytes } from './custom-css.ts';
import { buttonStyles, fontFamilies, itemTypes, maxItems, themes } from './gallery.ts';
import { platformNames } from './social-platforms.ts';

export const maxSocialLinks = 50;
/** The largest host name, and a port. */
const maxDomainLength = 260;

const url = z.string().meta({ maxLength: maxUrlBytes });
const imageUrl = url.nullish();
const flag = (description: string) => z.boolean().nullish().describe(description);
const instant = z.string().meta({ format: 'date-time' });

const maxBorderRadius = 40;
const colour = z
  .string()
  .regex(/^#[0-9a-f]{6}$/i, 'must be a colour such as #1a2b3c')
  .meta({ examples: ['#1a2b3c'] });

/** As callers give it: every field may be absent. */
export const themeConfigSchema = z
  .strictObject({
    backgroundColor: colour.optional(),
    backgroundEndColor: colour.nullish().describe('Makes the background a gradient, from top to bottom.'),
    textColor: colour.optional(),
    buttonColor: colour.optional(),
    buttonTextColor: colour.optional(),
    buttonStyle: z.enum(buttonStyles).optional(),
    fontFamily: z.enum(fontFamilies).optional(),
    borderRadius: z.int().min(0).max(maxBorderRadius).optional().describe('Pixels.'),
  })
  .describe('The look of the theme `custom`. Text must have a contrast of 4.5 to what is behind it.');

const slugField = z
  .string()
  .meta({ minLength: 1, maxLength: maxSlugLength })
  .describe('The last part of its address, by the rules of short links; case makes no difference. Drawn where absent.');
const domainField = textField(maxDomainLength, 1).describe(
  'One of your verified domains; the default one where absent.',
);
const titleField = textField(100, 1).describe('The name at the top.');

/** Fields that a gallery can do without: null is "none" in a new one, and "clear" in a change. */
const optionalFields = {
  bio: textField(500, 0, linesFault).nullish().describe('A few lines below the name.'),
  avatarUrl: imageUrl.describe('A square picture, from a server that does not redirect to another one.'),
  theme: z.enum(themes).nullish().describe('Default: `default`.'),
  themeConfig: themeConfigSchema.nullish(),
  customCss: textField(maxCssBytes, 0, storableTextFault)
    .nullish()
    .describe(
      `At most ${maxCssBytes} bytes. Served as a file of its own, without imports and without addresses elsewhere.`,
    ),
  socialLinks: z
    .array(z.strictObject({ platform: z.enum(platformNames), url }))
    .max(maxSocialLinks)
    .nullish()
    .describe('Shown as icons. They carry `rel="me"`, by which Mastodon and others see that the profile is yours.'),
  seoTitle: textField(100).nullish().describe('For search engines and cards; the title where absent.'),
  seoDescription: textField(300, 0, linesFault).nullish().describe('The same for the bio.'),
  isPublished: flag('Whether anyone can see it. Default: false.'),
};

/** Body of `POST /galleries`. */
export const newGallerySchema = z
  .strictObject({
    title: titleField,
    slug: slugField.nullish(),
    domain: domainField.nullish(),
    ...optionalFields,
  })
  .meta({ id: 'NewGallery', description: 'A gallery to be made. null is the same as absent.' });

/** Body of `PATCH /galleries/:id`. What a gallery cannot be without cannot be null. */
export const galleryChangeSchema = z
  .strictObject({
    title: titleField.optional(),
    slug: slugField.optional(),
    domain: domainField.optional(),
    ...optionalFields,
  })
  .meta({ id: 'GalleryChange', description: 'What changes; absent fields stay as they are, and null clears a field.' });

/** Body of `POST /galleries/:id/publish`, which may have none. */
export const publishSchema = z.strictObject({
  isPublished: z.boolean().default(true).describe('false takes it down again.'),
});

const itemFields = {
  title: textField(200)
    .nullish()
    .describe('Needed by `link` and `header`. Of an `image`: what it shows, for people who cannot see it.'),
  url: url
    .nullish()
    .describe('Where a `link` leads, or an `image` when it is clicked: http(s), `mailto:`, `tel:` or a deep link.'),
  linkId: textField(100, 1)
    .nullish()
    .describe('Instead of `url`: one of your short links, with all that it can do. null: none.'),
  thumbnailUrl: imageUrl.describe('A picture, from a server that does not redirect to another one. Needed by `image`.'),
  iconName: z
    .string()
    .regex(/^[a-z0-9-]{1,50}$/, 'must be 1 to 50 of a-z, 0-9 and -')
    .nullish()
    .describe('A social platform, or a drawing such as `calendar`; an unknown name shows a plain link.'),
  isVisible: flag('Default: true.'),
  visibleFrom: instant.nullish().describe('Shown from this moment. ISO 8601 with an offset.'),
  visibleUntil: instant.nullish().describe('Shown until this moment. ISO 8601 with an offset.'),
  embedType: z.literal('youtube').nullish().describe('Needed by `embed`.'),
  embedData: z
    .strictObject({
      videoId: z
        .string()
        .regex(/^[\w-]{11}$/, 'must be the 11 characters of a YouTube video')
        .meta({ examples: ['aqz-KE-bpKQ'] }),
    })
    .nullish()
    .describe('Needed by `embed`.'),
  position: z
    .int()
    .min(0)
    .max(maxItems - 1)
    .optional()
    .describe('From 0; the others make room. At the end where absent.'),
};

/** Body of `POST /galleries/:id/items`. */
export const newItemSchema = z
  .strictObject({ type: z.enum(itemTypes), ...itemFields })
  .meta({ id: 'NewGalleryItem', description: 'An item to be made. null is the same as absent.' });

/** Body of `PATCH /galleries/:id/items/:itemId`. */
export const itemChangeSchema = z.strictObject({ type: z.enum(itemTypes).optional(), ...itemFields }).meta({
  id: 'GalleryItemChange',
  description: 'What changes; absent fields stay as they are, and null clears a field.',
});

const itemId = z.string().max(100);

/** Body of `PATCH /galleries/:id/items/reorder`. */
export const reorderSchema = z.union([
  z.strictObject({
    itemIds: z.array(itemId).max(maxItems).describe('Every item of the gallery, once, in the new order.'),
  }),
  z.strictObject({
    items: z
      .array(
        z.strictObject({
          id: itemId,
          position: z
            .int()
            .min(0)
            .max(maxItems - 1),
        }),
      )
      .max(maxItems)
      .describe('Where each of these goes, from 0; the others keep their order in the places that are left.'),
  }),
]);
