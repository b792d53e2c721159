import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly name: string
  readonly align?: 'right'
  readonly cell: (row: Row) => ReactNode
}

interface Props<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** Stands in place of the rows when there are none. */
  readonly empty: string
}

/** A dense table with a head that stays in place. */
export function DataTable<Row>({ label, columns, rows, rowKey, empty }: Props<Row>) {
  if (rows.length === 0) return <p className="p-4 text-xs text-faint">{empty}</p>
  return (
    <table aria-label={label} className="w-full border-separate border-spacing-0 text-xs">
      <thead>
        <tr>
          {columns.map(({ name, align }) => (
            <th
              key={name}
              scope="col"
              className={`sticky top-0 z-10 border-b border-line bg-surface px-3 py-1 text-2xs font-medium whitespace-nowrap text-faint ${align === 'right' ? 'text-right' : 'text-left'}`}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className="hover:bg-raised">
            {columns.map(({ name, align, cell }) => (
              <td
                key={name}
                className={`border-b border-line/60 px-3 py-1.5 ${align === 'right' ? 'text-right whitespace-nowrap' : ''}`}
              >
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
