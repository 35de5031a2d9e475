//! A value of a column as JSON: numbers and booleans are what they are, lists and structures too, days and moments ISO 8601.

use matchflow_model::arrow::array::{Array, AsArray};
use matchflow_model::arrow::datatypes::{DataType, Float64Type, Int64Type, UInt32Type, UInt64Type};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::arrow::util::display::array_value_to_string;
use serde_json::{Map, Value};

/// The value in a row.
pub fn json_value(array: &dyn Array, row: usize) -> Result<Value, ArrowError> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|item| json_value(items.as_ref(), item)).collect::<Result<_, _>>()?)
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let members = fields.iter().zip(columns);
            let member = |(field, column): (&std::sync::Arc<_>, &std::sync::Arc<dyn Array>)| {
                let field: &matchflow_model::arrow::datatypes::Field = field;
                Ok((field.name().clone(), json_value(column.as_ref(), row)?))
            };
            Value::Object(members.map(member).collect::<Result<Map<_, _>, ArrowError>>()?)
        }
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        _ => array_value_to_string(array, row)?.into(),
    })
}
